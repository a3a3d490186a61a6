package io.bantam.trainer.stage;

import io.bantam.trainer.evaluation.EnergyProbe;
import io.bantam.trainer.recipe.Recipe;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import io.bantam.trainer.train.ProgressListener;

/**
 * What the stages of a run share. What needs less takes its part alone: {@link Compute}, {@link RunHome} or
 * {@link RunData}.
 *
 * @param recipe the resolved recipe
 * @param home where the run keeps its files
 * @param compute what it computes with
 * @param data token sequences and samples
 * @param tokenizer the teacher's
 * @param energy measures or estimates
 * @param origin machine and program, as results name them
 * @param progress hears how far the work is
 */
public record RunContext(
        Recipe recipe,
        RunHome home,
        Compute compute,
        RunData data,
        CodeTokenizer tokenizer,
        EnergyProbe energy,
        RunOrigin origin,
        ProgressListener progress) {}
