package io.bantam.trainer.stage;

import java.util.Map;
import java.util.Optional;

/**
 * What a stage made.
 *
 * @param model that the next stage starts from
 * @param metrics final figures for the stage's record, by name
 * @param seconds spent on it over all sittings, where the stage counts them itself
 */
public record StageOutcome(ModelState model, Map<String, Double> metrics, Optional<Double> seconds) {}
