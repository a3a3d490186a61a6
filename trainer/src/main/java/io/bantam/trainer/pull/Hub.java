package io.bantam.trainer.pull;

import io.bantam.trainer.BantamException;
import io.bantam.trainer.WorkFailedException;
import io.bantam.trainer.pull.HubFile.HashKind;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The Hugging Face hub, or a mirror of it, as seen over HTTP. */
public final class Hub {
    /** The environment variable that names a mirror. */
    public static final String ENDPOINT_VARIABLE = "HF_ENDPOINT";

    /** The environment variable with an access token. */
    public static final String TOKEN_VARIABLE = "HF_TOKEN";

    private static final String STANDARD_ENDPOINT = "https://huggingface.co";
    private static final Pattern MODEL = Pattern.compile("\\w[\\w.-]*/\\w[\\w.-]*");
    private static final Pattern FILE_NAME = Pattern.compile("[^/\\\\\\x00-\\x1f]+");
    private static final Pattern NEXT_PAGE = Pattern.compile("<([^>]+)>\\s*;\\s*rel=\"?next\"?");
    private static final Pattern HEXADECIMAL = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");
    private static final int CONNECT_MILLIS = 20_000;
    private static final int SILENCE_MILLIS = 60_000;
    private static final int MOST_REDIRECTS = 10;
    private static final int MOST_PAGES = 100;
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final URI endpoint;
    private final String token;
    private final Retries.Pause pause;

    private Hub(URI endpoint, String token, Retries.Pause pause) {
        this.endpoint = endpoint;
        this.token = token;
        this.pause = pause;
    }

    /**
     * Returns the hub that the user means.
     *
     * @param setting its address; empty for {@code HF_ENDPOINT} and then huggingface.co
     * @param environment has {@code HF_TOKEN} where one is needed
     * @throws BantamException for an address that is none
     */
    public static Hub of(String setting, Map<String, String> environment) {
        return of(setting, environment, Retries.Pause.SLEEP);
    }

    static Hub of(String setting, Map<String, String> environment, Retries.Pause pause) {
        String address = !setting.isEmpty()
                ? setting
                : Optional.of(environment.getOrDefault(ENDPOINT_VARIABLE, ""))
                        .filter(text -> !text.isBlank())
                        .orElse(STANDARD_ENDPOINT);
        try {
            URI uri = new URI(address.strip().replaceFirst("/+$", ""));
            if (uri.getHost() != null && List.of("http", "https").contains(uri.getScheme())) {
                return new Hub(uri, environment.getOrDefault(TOKEN_VARIABLE, "").strip(), pause);
            }
        } catch (URISyntaxException e) {
            // Told below, together with addresses of other kinds.
        }
        throw new BantamException(
                "'" + address + "' is no address of a hub; give one such as " + STANDARD_ENDPOINT + ".");
    }

    /**
     * Looks a model up.
     *
     * @param model {@code OWNER/NAME}
     * @param revision a branch, tag or commit
     * @throws BantamException if it is not there, or not for everybody
     * @throws WorkFailedException if the hub cannot be reached, or answers what is no answer
     */
    public HubSnapshot snapshot(String model, String revision) {
        if (!MODEL.matcher(model).matches()) {
            throw new BantamException(
                    "'" + model + "' is no name of a model; give OWNER/NAME, such as microsoft/CodeGPT-small-py.");
        }
        String about = model + " at " + revision;
        JsonNode info = json(about, "/api/models/" + model + "/revision/" + encode(revision))
                .body();
        String commit = text(about, info, "sha");
        List<HubFile> files = new ArrayList<>();
        String next = "/api/models/" + model + "/tree/" + encode(commit);
        for (int page = 0; !next.isEmpty(); page++) {
            if (page == MOST_PAGES) {
                throw unusable(about, "a list of files without end");
            }
            Page answer = json(about, next);
            for (JsonNode entry : answer.body()) {
                if (text(about, entry, "type").equals("file")) {
                    files.add(file(about, entry));
                }
            }
            next = answer.next();
        }
        return new HubSnapshot(model, commit, files);
    }

    /** The address of a file's content. */
    URI address(HubSnapshot snapshot, HubFile file) {
        return resolve("/" + snapshot.model() + "/resolve/" + snapshot.commit() + "/" + encode(file.name()));
    }

    Retries retries() {
        return new Retries(pause);
    }

    /**
     * Sends a request and follows redirects. The token goes to the hub alone: files in large storage lie with others.
     *
     * @param from the first byte that is wanted
     */
    HubAnswer get(URI address, long from) throws IOException {
        URI at = address;
        for (int redirect = 0; redirect <= MOST_REDIRECTS; redirect++) {
            HttpURLConnection connection = (HttpURLConnection) at.toURL().openConnection();
            connection.setInstanceFollowRedirects(false);
            connection.setConnectTimeout(CONNECT_MILLIS);
            connection.setReadTimeout(SILENCE_MILLIS);
            connection.setRequestProperty("User-Agent", "bantam");
            // Hashes and ranges are of the plain content.
            connection.setRequestProperty("Accept-Encoding", "identity");
            if (from > 0) {
                connection.setRequestProperty("Range", "bytes=" + from + "-");
            }
            if (!token.isEmpty() && isHub(at)) {
                connection.setRequestProperty("Authorization", "Bearer " + token);
            }
            HubAnswer answer = new HubAnswer(connection);
            if (answer.status() < 300 || answer.status() >= 400) {
                return answer;
            }
            try (answer) {
                at = at.resolve(new URI(answer.header("Location")));
            } catch (URISyntaxException e) {
                throw new IOException("a redirect to no address: " + answer.header("Location"), e);
            }
            if (!List.of("http", "https").contains(at.getScheme())) {
                throw new IOException("a redirect to " + at.getScheme() + ", which is not HTTP");
            }
        }
        throw new IOException("more than " + MOST_REDIRECTS + " redirects");
    }

    /** What a final answer without content means to the user. */
    BantamException refusal(String about, HubAnswer answer) {
        return switch (answer.status()) {
            case HttpURLConnection.HTTP_UNAUTHORIZED, HttpURLConnection.HTTP_FORBIDDEN ->
                new BantamException(about + ": " + endpoint + " refuses it (" + answer.status() + "): there is no such"
                        + " model, or it is private, or its terms have to be accepted first. "
                        + (token.isEmpty()
                                ? "Check the name, or set " + TOKEN_VARIABLE + " to an access token."
                                : "Check the name, and that the token in " + TOKEN_VARIABLE + " may read it."));
            case HttpURLConnection.HTTP_NOT_FOUND ->
                new BantamException(about + ": " + endpoint + " has no such model or revision (404). Check the name and"
                        + " --revision.");
            default -> unusable(about, "the answer " + answer.status());
        };
    }

    private record Page(JsonNode body, String next) {}

    private Page json(String about, String path) {
        Retries retries = retries();
        while (true) {
            try (HubAnswer answer = get(resolve(path), 0)) {
                if (answer.found()) {
                    JsonNode body = MAPPER.readTree(answer.body().readAllBytes());
                    Matcher next = NEXT_PAGE.matcher(answer.header("Link"));
                    return new Page(body, next.find() ? next.group(1) : "");
                }
                if (!answer.isPassing()) {
                    throw refusal(about, answer);
                }
                retries.after(about, answer);
            } catch (JacksonException e) {
                throw unusable(about, "something that is not JSON");
            } catch (IOException e) {
                retries.after(about + ": " + endpoint + " cannot be reached", e);
            }
        }
    }

    private HubFile file(String about, JsonNode entry) {
        String name = text(about, entry, "path");
        // The list is of the topmost folder; a name with a folder in it could lead out of ours.
        if (!FILE_NAME.matcher(name).matches() || name.equals(".") || name.equals("..")) {
            throw unusable(about, "a file of the name '" + name + "'");
        }
        JsonNode stored = entry.get("lfs");
        boolean large = stored != null && stored.isObject();
        String hash = text(about, large ? stored : entry, "oid").replaceFirst("^sha256:", "");
        JsonNode size = (large && stored.has("size") ? stored : entry).get("size");
        if (!HEXADECIMAL.matcher(hash).matches() || size == null || !size.isIntegralNumber() || size.longValue() < 0) {
            throw unusable(about, "a file " + name + " without size or hash");
        }
        return new HubFile(name, size.longValue(), hash, large ? HashKind.SHA256 : HashKind.GIT_BLOB);
    }

    private String text(String about, JsonNode object, String field) {
        JsonNode value = object.get(field);
        if (value == null || !value.isString()) {
            throw unusable(about, "an answer without \"" + field + "\"");
        }
        return value.stringValue();
    }

    private WorkFailedException unusable(String about, String what) {
        return new WorkFailedException(about + ": " + endpoint + " gives " + what
                + ", which no hub does. Check the address (--endpoint, " + ENDPOINT_VARIABLE + ").");
    }

    private URI resolve(String path) {
        return path.startsWith("/") ? URI.create(endpoint + path) : endpoint.resolve(path);
    }

    private boolean isHub(URI address) {
        return endpoint.getScheme().equals(address.getScheme())
                && endpoint.getHost().equalsIgnoreCase(address.getHost())
                && endpoint.getPort() == address.getPort();
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
