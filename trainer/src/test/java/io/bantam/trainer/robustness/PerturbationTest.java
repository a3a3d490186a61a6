package io.bantam.trainer.robustness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class PerturbationTest {
    private static final String FUNCTION = """
            from typing import List


            def largest_gap(numbers: List[float], limit: float) -> bool:
                \"\"\" Write a function to check if any two numbers are closer than the limit.
                A car, a big sum, a quick answer, a large house and a hard job are shared.
                If the list is empty, give the answer 'No gap' for largest_gap.
                >>> largest_gap([1.0, 2.0], 0.5)
                False
                \"\"\"
            """;
    private static final String PROGRAM = "\"\"\"\nWrite a function to find the shared big elements.\n"
            + "assert find_shared([1], [1]) == [1]\n\"\"\"\n";

    @ParameterizedTest
    @EnumSource
    void onlyTheDescriptionChanges(Perturbation perturbation) {
        String changed = perturbation.apply(FUNCTION, 7);
        assertNotEquals(FUNCTION, changed);
        int docstring = FUNCTION.indexOf("\"\"\"");
        assertEquals(FUNCTION.substring(0, docstring), changed.substring(0, docstring));
        assertEquals(FUNCTION.substring(FUNCTION.indexOf("    >>>")), changed.substring(changed.indexOf("    >>>")));
        assertTrue(changed.contains(" limit.\n") && changed.contains("'No gap'"), changed);
        assertTrue(changed.contains("largest_gap.\n") || changed.contains("largest_gap if"), changed);
        String program = perturbation.apply(PROGRAM, 7);
        assertNotEquals(PROGRAM, program);
        assertEquals(PROGRAM.substring(PROGRAM.indexOf("assert")), program.substring(program.indexOf("assert")));
    }

    @ParameterizedTest
    @EnumSource
    void theSameSeedChangesTheSame(Perturbation perturbation) {
        assertEquals(perturbation.apply(FUNCTION, 3), perturbation.apply(FUNCTION, 3));
    }

    @Test
    void lettersKeepTheirWords() {
        String changed = Perturbation.LETTERS.apply(PROGRAM, 1);
        assertTrue(changed.equalsIgnoreCase(PROGRAM), changed);
        long upper = changed.chars().filter(Character::isUpperCase).count();
        assertTrue(upper > 8 && upper < 25, changed);
    }

    @Test
    void synonymsAreOfTheUsualMeaning() {
        WordNet wordNet = WordNet.shared();
        SplittableRandom random = new SplittableRandom(0);
        assertTrue(Set.of("auto", "automobile", "machine", "motorcar").contains(wordNet.synonym("car", random)));
        assertTrue(Set.of("Auto", "Automobile", "Machine", "Motorcar").contains(wordNet.synonym("Car", random)));
        for (String word : new String[] {"the", "xyzzy", "of", "NASA"}) {
            assertEquals(word, wordNet.synonym(word, new SplittableRandom(0)));
        }
    }

    @Test
    void sentencesAreTurnedByRules() {
        assertEquals(
                "Implement a function to determine whether a number is even.",
                Paraphrase.of("Write a function to check if a number is even."));
        assertEquals("  Give back 0 if the list is empty.", Paraphrase.of("  If the list is empty, return 0."));
        assertEquals("Work out the sum.", Paraphrase.of("Calculate the sum."));
        assertEquals("Nothing to turn here.", Paraphrase.of("Nothing to turn here."));
    }

    @Test
    void aPromptWithoutDescriptionStays() {
        assertEquals("def f(x):\n", Perturbation.LETTERS.apply("def f(x):\n", 1));
    }
}
