package io.bantam.trainer.pull;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;

/** The hub's answer to one request, redirects followed. Closing it ends the connection. */
final class HubAnswer implements AutoCloseable {
    static final int PARTIAL = 206;
    static final int RANGE_NOT_SATISFIABLE = 416;
    static final int TOO_MANY_REQUESTS = 429;

    private final HttpURLConnection connection;
    private final int status;

    HubAnswer(HttpURLConnection connection) throws IOException {
        this.connection = connection;
        this.status = connection.getResponseCode();
    }

    int status() {
        return status;
    }

    boolean found() {
        return status == HttpURLConnection.HTTP_OK || status == PARTIAL;
    }

    /** Whether the same request may succeed later. */
    boolean isPassing() {
        return status == TOO_MANY_REQUESTS || status == HttpURLConnection.HTTP_CLIENT_TIMEOUT || status >= 500;
    }

    /** A header's value, or an empty text. */
    String header(String name) {
        String value = connection.getHeaderField(name);
        return value == null ? "" : value;
    }

    InputStream body() throws IOException {
        return connection.getInputStream();
    }

    @Override
    public void close() {
        connection.disconnect();
    }
}
