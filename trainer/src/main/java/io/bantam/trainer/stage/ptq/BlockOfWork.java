package io.bantam.trainer.stage.ptq;

import ai.djl.ndarray.NDManager;
import io.bantam.compression.ptq.InputStatistics;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.QuantizedWeight;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.DecoderBlock;
import io.bantam.trainer.ptq.BlockWork;
import io.bantam.trainer.ptq.StreamFile;
import io.bantam.trainer.recipe.Ptq;
import io.bantam.trainer.stage.Compute;
import java.util.Map;
import java.util.Optional;

/**
 * One block of a model that is being quantized, as a method sees it.
 *
 * @param work the model
 * @param layer number of the block, from 0
 * @param metrics takes what the method finds
 */
record BlockOfWork(
        Compute compute,
        Ptq ptq,
        QuantizationWork work,
        int layer,
        StreamFile streams,
        StreamFile wanted,
        Map<String, Double> metrics)
        implements BlockWork {
    @Override
    public NDManager manager() {
        return compute.manager();
    }

    @Override
    public DecoderConfig config() {
        return work.config();
    }

    @Override
    public int seed() {
        return ptq.calibration().seed().orElse(0);
    }

    @Override
    public DecoderBlock block(Precision precision) {
        return work.block(layer, precision);
    }

    @Override
    public Optional<Quantizer> quantizer(String name) {
        return work.quantizer(name);
    }

    @Override
    public FloatMatrix matrix(String name) {
        return work.matrix(name);
    }

    @Override
    public float[] master(String name) {
        return work.master(name);
    }

    @Override
    public void choose(String name, QuantizedWeight codes) {
        work.choose(name, codes);
    }

    @Override
    public void replace(String name, float[] values) {
        work.replace(name, values);
    }

    @Override
    public void outputError(String name, double part) {
        metrics.put("outputError." + name, part);
    }

    @Override
    public InputStatistics inputStatistics(int features) {
        return compute.inputStatistics(compute.manager(), features, false);
    }
}
