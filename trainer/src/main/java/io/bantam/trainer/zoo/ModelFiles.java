package io.bantam.trainer.zoo;

import io.bantam.runtime.completion.PackedModel;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.model.PackedDecoder;
import io.bantam.runtime.tokenizer.BytePairTokenizer;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.hub.Checkpoint;
import io.bantam.trainer.hub.CheckpointReader;
import io.bantam.trainer.hub.ModelLocation;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import java.io.IOException;
import java.nio.file.Path;

/** Finds and reads the model that a URL means; what it is, is told by its content. */
final class ModelFiles {
    private ModelFiles() {}

    static PackedModel load(ModelUrl url, int threads) throws IOException {
        ModelLocation location = ModelLocation.of(url.path());
        return switch (location.kind()) {
            case PACKED_FILE -> PackedModel.load(url.path(), threads);
            case RUN_FOLDER ->
                PackedModel.load(location.packedFile(url.variant().map(RunFolder::fileName), "?variant=NAME"), threads);
            case HUGGING_FACE_FOLDER -> huggingFace(url.path(), threads);
            case STAGE_FOLDER ->
                throw new BantamException(
                        url.path() + ": a stage of a run. Give the folder of the run and its ?variant=NAME.");
        };
    }

    private static PackedModel huggingFace(Path folder, int threads) throws IOException {
        Checkpoint checkpoint = CheckpointReader.read(folder);
        byte[] json;
        try (CodeTokenizer tokenizer = CodeTokenizer.open(folder)) {
            json = tokenizer.json();
        }
        BytePairTokenizer tokenizer = BytePairTokenizer.of(json, folder + " (tokenizer.json)");
        PackedDecoder decoder = new PackedDecoder(
                checkpoint.config().decoder(),
                ActivationQuantization.NONE,
                checkpoint.tensors(),
                threads,
                Kernels.best());
        try {
            return new PackedModel(decoder, tokenizer);
        } catch (IllegalArgumentException unfit) {
            decoder.close();
            throw new BantamException(folder + ": " + unfit.getMessage() + ".", unfit);
        }
    }
}
