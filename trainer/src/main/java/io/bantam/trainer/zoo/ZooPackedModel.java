package io.bantam.trainer.zoo;

import ai.djl.BaseModel;
import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import ai.djl.util.passthrough.PassthroughNDArray;
import io.bantam.runtime.completion.CompletionOptions;
import io.bantam.runtime.completion.PackedModel;
import io.bantam.runtime.format.FormatException;
import io.bantam.trainer.BantamException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;

/** A model of the runtime as DJL sees one: its block completes source code. */
final class ZooPackedModel extends BaseModel {
    /** What a text goes in as: its object is a request. */
    record Request(String source, CompletionOptions options) {}

    private static final String THREADS = "threads";

    private PackedModel packed;

    ZooPackedModel(String name, NDManager manager) {
        super(name);
        this.manager = manager;
    }

    /**
     * Reads the model.
     *
     * @param options {@code url}, and {@code threads} that share the work of one completion: all processors unless
     *     given
     */
    @Override
    public void load(Path modelPath, String prefix, Map<String, ?> options)
            throws IOException, MalformedModelException {
        setModelDir(modelPath);
        Object url = options == null ? null : options.get(ModelRepository.URL);
        if (url == null) {
            throw new MalformedModelException(modelPath + ": models of Bantam are loaded by URL: optModelUrls(\""
                    + ModelUrl.SCHEME + ":" + modelPath + "\")");
        }
        try {
            packed = ModelFiles.load(ModelUrl.of(URI.create(url.toString())), threads(options));
        } catch (FormatException | BantamException | IllegalArgumentException unfit) {
            throw new MalformedModelException(unfit.getMessage(), unfit);
        }
        setBlock(new CompletionBlock(packed));
        wasLoaded = true;
    }

    private static int threads(Map<String, ?> options) {
        Object given = options.get(THREADS);
        if (given == null) {
            return Runtime.getRuntime().availableProcessors();
        }
        String text = given.toString();
        if (!text.matches("[1-9][0-9]{0,3}")) {
            throw new IllegalArgumentException(THREADS + ": expected a number from 1, got " + text);
        }
        return Integer.parseInt(text);
    }

    @Override
    public void close() {
        if (packed != null) {
            packed.close();
            packed = null;
        }
        super.close();
    }

    private static final class CompletionBlock extends AbstractBlock {
        private final PackedModel packed;

        CompletionBlock(PackedModel packed) {
            this.packed = packed;
        }

        @Override
        protected NDList forwardInternal(
                ParameterStore parameters, NDList inputs, boolean training, PairList<String, Object> arguments) {
            Request request = (Request) ((PassthroughNDArray) inputs.getFirst()).getObject();
            String text = packed.complete(request.source(), request.options(), piece -> true)
                    .text();
            return new NDList(new PassthroughNDArray(text));
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputShapes) {
            return inputShapes;
        }
    }
}
