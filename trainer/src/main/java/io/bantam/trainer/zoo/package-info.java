/**
 * Models of Bantam for programs that use DJL: a {@code Criteria} with the URL of a packed file, a run folder or a
 * Hugging Face folder gives a {@code Predictor<String, String>} from Python source to what is to be inserted at its
 * end.
 *
 * <pre>{@code
 * Criteria<String, String> criteria = Criteria.builder()
 *         .setTypes(String.class, String.class)
 *         .optModelUrls("bantam:///models/1W8A6L.bantam")
 *         .build();
 * try (ZooModel<String, String> model = criteria.loadModel();
 *         Predictor<String, String> predictor = model.newPredictor()) {
 *     predictor.predict("import os\n\ndef read(path):\n    with open(");
 * }
 * }</pre>
 *
 * <p>{@link io.bantam.trainer.zoo.BantamZooProvider} and {@link io.bantam.trainer.zoo.PackedEngineProvider} are found
 * by DJL through {@code META-INF/services}: the first makes {@code bantam} URLs known, the second is the engine that
 * such a model asks for. It has no arrays of its own; the runtime does all the work.
 *
 * <p>May depend on DJL's API, {@code hub}, {@code tokenizer}, {@code report} (to read run folders) and
 * {@code io.bantam.runtime}; knows no recipe, stage or engine of the trainer.
 */
package io.bantam.trainer.zoo;
