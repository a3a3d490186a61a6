package io.bantam.trainer.functional;

/** Small task files in the two layouts, made up here. */
public final class Tasks {
    /** One task in HumanEval's layout. */
    public static final String HUMAN_EVAL = """
            {"task_id": "Made/0", \
            "prompt": "def add(a: int, b: int) -> int:\\n    \\"\\"\\" Add two numbers. \\"\\"\\"\\n", \
            "entry_point": "add", "canonical_solution": "    return a + b\\n", \
            "test": "\\n\\ndef check(candidate):\\n    assert candidate(1, 2) == 3\\n"}
            """;

    /** One task in MBPP's layout. */
    public static final String MBPP = """
            {"text": "Write a function to double.", "code": "def double(x):\\r\\n  return x + x", "task_id": 7, \
            "test_setup_code": "import math", "test_list": ["assert double(2) == 4", "assert double(0) == 0"], \
            "challenge_test_list": []}
            """;

    private Tasks() {}
}
