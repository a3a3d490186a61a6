package io.bantam.trainer.pull;

import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * One commit of a model on the hub.
 *
 * @param model {@code OWNER/NAME}
 * @param commit its full id
 * @param files of its topmost folder
 */
public record HubSnapshot(String model, String commit, List<HubFile> files) {
    private static final Pattern DESCRIBING =
            Pattern.compile("config\\.json|generation_config\\.json|tokenizer.*\\.json"
                    + "|tokenizer\\.model|special_tokens_map\\.json|added_tokens\\.json|vocab\\.(json|txt)|merges\\.txt"
                    + "|.*\\.(model|spm)|README\\.md|LICENSE.*|NOTICE.*");
    private static final Pattern SAFETENSORS = Pattern.compile("model.*\\.safetensors(\\.index\\.json)?");
    private static final Pattern PICKLED = Pattern.compile("pytorch_model.*\\.bin(\\.index\\.json)?");

    public HubSnapshot {
        files = List.copyOf(files);
    }

    /**
     * Returns the files that a model needs here: configuration, tokenizer, licence, and its weights once, as
     * safetensors if there are any and else as PyTorch's pickles. Weights for other frameworks are left out.
     */
    public List<HubFile> needed() {
        Predicate<HubFile> describing = file -> matches(DESCRIBING, file);
        boolean safe = files.stream().anyMatch(file -> matches(SAFETENSORS, file));
        Pattern weights = safe ? SAFETENSORS : PICKLED;
        return files.stream()
                .filter(describing.or(file -> matches(weights, file)))
                .toList();
    }

    private static boolean matches(Pattern pattern, HubFile file) {
        return pattern.matcher(file.name()).matches();
    }
}
