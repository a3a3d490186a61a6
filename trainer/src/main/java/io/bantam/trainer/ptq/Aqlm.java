package io.bantam.trainer.ptq;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.bantam.compression.ptq.CodebookTuning;
import io.bantam.compression.ptq.InputStatistics;
import io.bantam.compression.ptq.Tuning;
import io.bantam.compression.ptq.VectorTuning;
import io.bantam.compression.quantizer.AdditiveCodebooks;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.QuantizedWeight;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.hub.ModelFacts;
import io.bantam.trainer.model.DecoderBlock;
import io.bantam.trainer.model.DecoderBlock.Part;
import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Limits;
import io.bantam.trainer.recipe.key.Precision;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * AQLM (Egiazarian et al., arXiv:2401.06118): runs of weights become sums of codewords, each weight with the inputs
 * that the float block gives it from the quantized model's stream; then {@link BlockTuning} fits codebooks, scales,
 * biases and norms of the block together.
 *
 * @param vector weights that a codeword stands for
 * @param codeBits width of a code; the weights' bits times {@code vector} say how many codebooks there are
 * @param beam hypotheses that the search for codes keeps
 * @param rounds of search and fit of each weight, at most
 * @param steps of the fit of each block
 * @param batchSize calibration sequences a step
 * @param learningRate of Adam in the fit of each block, as a part of the values' size
 * @param precision of the products in the fit of each block; its error is always measured in float32
 */
public record Aqlm(
        @Key(value = "Neighbouring weights that one codeword stands for.", standard = "8", atLeast = 2, atMost = 64)
        int vector,

        @Key(
                value = "Bits of one code: a codebook has 2^codeBits codewords; weights.bits times vector"
                        + " over codeBits is the number of codebooks.",
                standard = "8",
                atLeast = 2,
                atMost = 8)
        int codeBits,

        @Key(value = "Beam width of the search for codes.", standard = "4", atLeast = 1, atMost = 64)
        int beam,

        @Key(value = "Most rounds of code search and codebook fit for each weight.", standard = "5", atLeast = 0)
        int rounds,

        @Key(value = "Optimizer steps of the fit of each block's output.", standard = "200", atLeast = 1)
        int steps,

        @Key(value = "Calibration sequences in each step of that fit.", standard = "8", atLeast = 1)
        int batchSize,

        @Key(
                value = "Learning rate of Adam in that fit, as a part of the size of the values fitted.",
                standard = "0.003",
                above = 0)
        double learningRate,

        @Key(
                value = "Number format of the matrix products in that fit; its error is always measured in"
                        + " float32.",
                standard = "float32")
        Precision precision)
        implements PtqMethod.ByBlock {

    public Aqlm {
        Limits.check(Aqlm.class, vector, codeBits, beam, rounds, steps, batchSize, learningRate, precision);
    }

    @Override
    public Name name() {
        return Name.AQLM;
    }

    @Override
    public List<Refusal> applies(ModelFacts model) {
        List<Refusal> refusals = new ArrayList<>(Refusal.ofEncoder(this, model));
        model.columns().stream()
                .filter(columns -> columns % vector != 0)
                .findFirst()
                .ifPresent(columns -> refusals.add(new Refusal(
                        List.of("aqlm", "vector"),
                        "codewords of " + vector + " weights do not divide the " + columns
                                + " columns of the model's matrices",
                        "nearest divisor: " + model.nearestDivisor(vector))));
        return refusals;
    }

    @Override
    public List<Refusal> refusals(PtqDemands demands) {
        List<Refusal> refusals = PtqMethod.ByBlock.super.refusals(demands);
        Refusal.addRangeless(this, demands, refusals);
        for (int width : demands.widths()) {
            if (width * vector % codeBits != 0) {
                refusals.add(new Refusal(
                        List.of("aqlm", "vector"),
                        "the " + width * vector + " bits of " + vector + " weights are no whole number of " + codeBits
                                + "-bit codes",
                        "use vector: " + codeBits));
            }
        }
        Refusal.addBatch("aqlm", batchSize, demands, refusals);
        if (!(demands.granularity() instanceof Granularity.PerRow)) {
            refusals.add(
                    new Refusal(List.of("weights", "granularity"), "'aqlm' has one scale a row", "remove granularity"));
        }
        if (demands.biasCorrection()) {
            refusals.add(new Refusal(
                    List.of("biasCorrection"), "'aqlm' fits the biases by itself", "remove biasCorrection"));
        }
        return refusals;
    }

    @Override
    public Aqlm part(double part) {
        return new Aqlm(
                vector, codeBits, beam, rounds, (int) Math.ceil(steps * part), batchSize, learningRate, precision);
    }

    @Override
    public Optional<QuantizedWeight> placeholder(int rows, int columns, int bits, float scale) {
        int count = bits * vector / codeBits;
        float[] scales = new float[rows];
        Arrays.fill(scales, scale);
        return Optional.of(new AdditiveCodebooks(
                rows,
                columns,
                vector,
                codeBits,
                count,
                new byte[rows * (columns / vector) * count],
                new float[(count * vector) << codeBits],
                scales));
    }

    @Override
    public List<Integer> form() {
        return List.of(vector, codeBits);
    }

    @Override
    public double quantize(BlockWork work) throws IOException {
        Map<String, Tuning> tensors = codebooks(work);
        for (String name : DecoderBlock.names(work.config(), work.layer())) {
            if (work.config().shapes().get(name).size() == 1) {
                tensors.put(name, new VectorTuning(work.master(name)));
            }
        }
        double left;
        try (DecoderBlock exact = work.block(io.bantam.trainer.engine.Precision.FLOAT32);
                DecoderBlock block = work.block(io.bantam.trainer.engine.Precision.valueOf(precision.name()))) {
            left = new BlockTuning(this, work, block, exact, tensors).run();
        }
        tensors.forEach((name, tuning) -> {
            switch (tuning) {
                case CodebookTuning codes -> work.choose(name, codes.best());
                case VectorTuning values -> work.replace(name, values.best());
            }
        });
        return left;
    }

    /** The codebooks of every weight, before the fit of the block. */
    private Map<String, Tuning> codebooks(BlockWork work) throws IOException {
        Map<String, Tuning> tensors = new LinkedHashMap<>();
        List<String> linears = DecoderConfig.linears(work.layer());
        try (DecoderBlock floats = work.block(io.bantam.trainer.engine.Precision.FLOAT32)) {
            for (int i = 0; i < linears.size(); i++) {
                String name = linears.get(i) + ".weight";
                Optional<Quantizer> quantizer = work.quantizer(name);
                if (quantizer.isPresent()) {
                    FloatMatrix weight = work.matrix(name);
                    double[] moments = moments(work, name, floats, Part.values()[i], weight.columns());
                    AdditiveCodebooks codes =
                            codes(work, name, weight, quantizer.get().bits(), moments);
                    work.outputError(name, InputStatistics.relativeOutputError(weight, codes.dequantize(), moments));
                    tensors.put(name, new CodebookTuning(codes));
                }
            }
        }
        return tensors;
    }

    private static double[] moments(BlockWork work, String name, DecoderBlock block, Part part, int features)
            throws IOException {
        try (InputStatistics inputs = work.inputStatistics(features)) {
            for (int batch = 0; batch < work.streams().batches(); batch++) {
                try (NDManager scope = work.manager().newSubManager()) {
                    NDArray stream = work.streams().read(scope, batch);
                    if (part == Part.FEED_FORWARD_PROJECTION) {
                        stream = block.run(scope, Part.FEED_FORWARD, stream).stream();
                    }
                    inputs.observe(block.run(scope, part, stream).input());
                }
            }
            return inputs.moments();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("input of " + name + ": " + e.getMessage(), e);
        }
    }

    private AdditiveCodebooks codes(BlockWork work, String name, FloatMatrix weight, int bits, double[] moments) {
        try {
            return new io.bantam.compression.ptq.Aqlm(vector, codeBits, beam, rounds, work.seed())
                    .quantize(work.manager(), weight, bits, moments);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }
}
