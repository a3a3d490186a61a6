package io.bantam.trainer.zoo;

import ai.djl.Application;
import ai.djl.repository.AbstractRepository;
import ai.djl.repository.Artifact;
import ai.djl.repository.MRL;
import ai.djl.repository.Metadata;
import ai.djl.repository.Repository;
import ai.djl.repository.RepositoryFactory;
import ai.djl.util.Progress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a {@code bantam} URL means to DJL: a repository of one model, which lies there as it is. */
final class ModelRepository extends AbstractRepository {
    static final String GROUP = "io.bantam";
    /** An option of the model: the URL. */
    static final String URL = "url";

    private static final String VERSION = "1";

    /** Makes repositories of URLs. */
    static final class Factory implements RepositoryFactory {
        @Override
        public Repository newInstance(String name, URI uri) {
            return new ModelRepository(name, uri);
        }

        @Override
        public Set<String> getSupportedScheme() {
            return Set.of(ModelUrl.SCHEME);
        }
    }

    private final ModelUrl model;

    private ModelRepository(String name, URI uri) {
        super(name, uri);
        model = ModelUrl.of(uri);
    }

    private String modelName() {
        Path name = model.path().getFileName();
        return name == null ? "model" : name.toString();
    }

    @Override
    public boolean isRemote() {
        return false;
    }

    @Override
    public List<MRL> getResources() {
        return List.of(MRL.model(this, Application.NLP.TEXT_GENERATION, GROUP, modelName(), VERSION, modelName()));
    }

    @Override
    public Metadata locate(MRL mrl) {
        Artifact artifact = new Artifact();
        artifact.setName(modelName());
        artifact.setVersion(VERSION);
        artifact.setArguments(
                Map.of("engine", PackedEngine.NAME, "translatorFactory", CompletionTranslator.Factory.class.getName()));
        artifact.setOptions(Map.of(URL, getBaseUri().toString()));
        Metadata metadata = new Metadata.MatchAllMetadata();
        metadata.setApplication(Application.NLP.TEXT_GENERATION);
        metadata.setGroupId(GROUP);
        metadata.setArtifactId(modelName());
        metadata.setArtifacts(List.of(artifact));
        artifact.setMetadata(metadata);
        return metadata;
    }

    @Override
    public Artifact resolve(MRL mrl, Map<String, String> filter) {
        return locate(mrl).getArtifacts().getFirst();
    }

    /** There is nothing to fetch. */
    @Override
    public void prepare(Artifact artifact, Progress progress) {}

    @Override
    public Path getResourceDirectory(Artifact artifact) {
        Path path = model.path().toAbsolutePath();
        return Files.isDirectory(path) ? path : path.getParent();
    }

    @Override
    public Path getCacheDirectory() {
        return model.path().toAbsolutePath().getParent();
    }
}
