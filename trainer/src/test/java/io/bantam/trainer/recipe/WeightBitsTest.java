package io.bantam.trainer.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class WeightBitsTest {

    @Test
    void everyWidthIsInTheListAndFoundByItsWord() {
        Set<Class<?>> listed = WeightBits.all().stream().map(Object::getClass).collect(Collectors.toSet());
        assertEquals(Arrays.stream(WeightBits.class.getPermittedSubclasses()).collect(Collectors.toSet()), listed);
        for (WeightBits bits : WeightBits.all()) {
            assertEquals(bits, WeightBits.find(bits.word().toString()).orElseThrow());
        }
        assertTrue(WeightBits.find("9").isEmpty());
    }

    @Test
    void theMeaningOfTheKeyNamesEveryWidth() {
        assertEquals("Bits a weight: " + WeightBits.listed(bits -> true) + ".", WeightBits.MEANING);
    }

    @Test
    void messagesListWidthsByWhatTheyCanDo() {
        assertEquals("1, ternary, or 2 to 8", WeightBits.listed(WeightBits::isTrainable));
        assertEquals("ternary or 2 to 8", WeightBits.listed(WeightBits::hasGrid));
        assertEquals("2 to 8", WeightBits.listed(WeightBits::isUniform));
        assertEquals("1-bit and ternary", WeightBits.adjectives(WeightBits.all().subList(0, 2)));
    }
}
