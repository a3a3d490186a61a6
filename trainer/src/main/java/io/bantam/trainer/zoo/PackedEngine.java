package io.bantam.trainer.zoo;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.util.passthrough.PassthroughNDManager;

/** The engine of packed models: it makes models and holds no arrays but those that carry text through a predictor. */
final class PackedEngine extends Engine {
    static final String NAME = "Bantam";
    /** The engine's rank. DJL takes the lowest by default, so it stays behind PyTorch's, 2. */
    static final int RANK = 100;

    static final PackedEngine INSTANCE = new PackedEngine();

    private PackedEngine() {}

    @Override
    public Engine getAlternativeEngine() {
        return null;
    }

    @Override
    public String getEngineName() {
        return NAME;
    }

    @Override
    public int getRank() {
        return RANK;
    }

    @Override
    public String getVersion() {
        return "1";
    }

    @Override
    public boolean hasCapability(String capability) {
        return false;
    }

    @Override
    public Model newModel(String name, Device device) {
        return new ZooPackedModel(name, newBaseManager(device));
    }

    @Override
    public NDManager newBaseManager() {
        return newBaseManager(Device.cpu());
    }

    @Override
    public NDManager newBaseManager(Device device) {
        return new PassthroughNDManager(this, Device.cpu());
    }
}
