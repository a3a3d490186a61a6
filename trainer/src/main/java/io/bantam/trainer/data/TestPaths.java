package io.bantam.trainer.data;

import java.util.Set;

/** Tells test code from library code by the path alone, as Python projects usually lay it out. */
final class TestPaths {

    private static final Set<String> FOLDERS = Set.of("test", "tests", "idle_test");

    private TestPaths() {}

    /**
     * Whether a file is a test: it lies in a folder {@code test}, {@code tests} or {@code idle_test}, or is called
     * {@code test_*.py}, {@code *_test.py}, {@code tests.py} or {@code conftest.py}.
     *
     * @param path relative path with forward slashes
     */
    static boolean isTest(String path) {
        String[] parts = path.split("/");
        for (int i = 0; i < parts.length - 1; i++) {
            if (FOLDERS.contains(parts[i])) {
                return true;
            }
        }
        String name = parts[parts.length - 1];
        int dot = name.lastIndexOf('.');
        String stem = dot < 0 ? name : name.substring(0, dot);
        return stem.startsWith("test_") || stem.endsWith("_test") || stem.equals("tests") || stem.equals("conftest");
    }
}
