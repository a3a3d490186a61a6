package io.bantam.trainer.report;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.bantam.trainer.evaluation.EnergyReading;
import io.bantam.trainer.evaluation.LatencyReading;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * All measurements of one variant: the content of {@code 60-evaluate/VARIANT.json}.
 *
 * @param version of this format, 1
 * @param position place in the recipe's list of variants, from 0
 * @param name in the recipe
 * @param stages names of its stages in order; none for the teacher
 * @param baseline name of the variant that differences and factor refer to
 * @param model what it is
 * @param quality how good it is
 * @param cost what it takes to make and to run
 * @param origin what it was measured on
 * @param quantizationError relative error {@code |w - q(w)| / |w|} (Frobenius norm) of each quantized tensor, by name
 * @param measures further figures, in order, each of its own name; often none
 */
public record VariantResult(
        int version,
        int position,
        String name,
        List<String> stages,
        String baseline,
        Model model,
        Quality quality,
        Cost cost,
        Origin origin,
        Map<String, Double> quantizationError,
        List<Measure> measures) {
    public static final int VERSION = 1;

    public VariantResult {
        Checks.version(version, VERSION);
        Checks.present("name", name);
        Checks.present("baseline", baseline);
        Checks.present("model", model);
        Checks.present("quality", quality);
        Checks.present("cost", cost);
        Checks.present("origin", origin);
        stages = stages == null ? List.of() : List.copyOf(stages);
        quantizationError =
                quantizationError == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(quantizationError));
        quantizationError.forEach(Checks::finite);
        measures = measures == null ? List.of() : List.copyOf(measures);
    }

    /** Returns this result with further measures; those of the same names are replaced. */
    public VariantResult with(List<Measure> added) {
        Map<String, Measure> all = new LinkedHashMap<>();
        measures.forEach(measure -> all.put(measure.name(), measure));
        added.forEach(measure -> all.put(measure.name(), measure));
        return new VariantResult(
                version,
                position,
                name,
                stages,
                baseline,
                model,
                quality,
                cost,
                origin,
                quantizationError,
                List.copyOf(all.values()));
    }

    /** Returns this result with another reading of speed, memory and energy. */
    public VariantResult with(LatencyReading generation) {
        return new VariantResult(
                version,
                position,
                name,
                stages,
                baseline,
                model,
                quality,
                new Cost(generation, cost.compressionSeconds(), cost.energy()),
                origin,
                quantizationError,
                measures);
    }

    /** Returns the measure of a name, if there is one. */
    Optional<Measure> measure(String wanted) {
        return measures.stream()
                .filter(measure -> measure.name().equals(wanted))
                .findFirst();
    }

    /**
     * Shape, widths and size of a variant's model.
     *
     * @param weightBits bits a weight of the linear layers, log2(3) = 1.58 for ternary, 32 for float32
     * @param activationBits 32 if activations are not quantized
     * @param embeddingBits bits a weight of the token embedding
     * @param layers blocks
     * @param parameters all weights, the tied embedding counted once
     * @param packedBytes measured size of the packed file
     * @param baselinePackedBytes measured size of the baseline's packed file in float32
     */
    @JsonIgnoreProperties(value = "factor", allowGetters = true)
    public record Model(
            double weightBits,
            double activationBits,
            double embeddingBits,
            int layers,
            long parameters,
            long packedBytes,
            long baselinePackedBytes) {
        public Model {
            Checks.finite("weightBits", weightBits);
            Checks.finite("activationBits", activationBits);
            Checks.finite("embeddingBits", embeddingBits);
            Checks.atLeast("layers", 1, layers);
            Checks.atLeast("parameters", 1, parameters);
            Checks.atLeast("packedBytes", 1, packedBytes);
            Checks.atLeast("baselinePackedBytes", 1, baselinePackedBytes);
        }

        /** Returns how many times smaller than the baseline the packed file is. */
        @JsonProperty("factor")
        public double factor() {
            return (double) baselinePackedBytes / packedBytes;
        }
    }

    /**
     * Scores of a variant on the samples.
     *
     * @param exactMatch of completed lines, percent
     * @param editSimilarity of completed lines, 0 to 100
     * @param loss nats a token; null if not measured
     * @param tokenAccuracy percent; null if not measured
     */
    public record Quality(Score exactMatch, Score editSimilarity, Double loss, Double tokenAccuracy) {
        public Quality {
            Checks.present("exactMatch", exactMatch);
            Checks.present("editSimilarity", editSimilarity);
            Checks.finite("loss", loss);
            Checks.finite("tokenAccuracy", tokenAccuracy);
        }
    }

    /**
     * Time, memory and energy that a variant takes to run and to make.
     *
     * @param generation speed and memory of the packed file; null if not measured
     * @param compressionSeconds time of all its stages, shared ones counted in full, without the teacher
     * @param energy of the same stages; null if not measured or estimated
     */
    public record Cost(LatencyReading generation, double compressionSeconds, EnergyReading energy) {
        public Cost {
            Checks.finite("compressionSeconds", compressionSeconds);
        }
    }

    /**
     * Data, settings and machine of an evaluation.
     *
     * @param dataSet name of the samples' source, as it is to be quoted
     * @param samples how many
     * @param fingerprint of the samples, see {@link io.bantam.trainer.evaluation.LineSample#fingerprint}
     * @param maximumNewTokens limit of one completion
     * @param beamWidth 1 is greedy
     * @param seed of the run
     * @param hardware one line on the machine
     * @param commit of the program, or empty
     */
    public record Origin(
            String dataSet,
            int samples,
            String fingerprint,
            int maximumNewTokens,
            int beamWidth,
            long seed,
            String hardware,
            String commit) {
        public Origin {
            Checks.present("dataSet", dataSet);
            Checks.present("fingerprint", fingerprint);
            Checks.atLeast("samples", 1, samples);
            hardware = hardware == null ? "" : hardware;
            commit = commit == null ? "" : commit;
        }
    }

    /** Returns whether differences and factor refer to this very variant. */
    public boolean baselineItself() {
        return name.equals(baseline);
    }

    /** Writes the JSON file; see {@link RunFolder#resultFile}. */
    public void write(Path file) {
        ReportJson.write(file, this);
    }

    /** Reads the JSON file. */
    public static VariantResult read(Path file) {
        return ReportJson.read(file, VariantResult.class, "the result of a variant");
    }
}
