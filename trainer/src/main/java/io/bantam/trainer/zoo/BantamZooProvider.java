package io.bantam.trainer.zoo;

import ai.djl.repository.Repository;
import ai.djl.repository.zoo.ModelZoo;
import ai.djl.repository.zoo.ZooProvider;
import java.util.Set;

/** Tells DJL about URLs of the scheme {@code bantam}, see the package. Made by DJL. */
public final class BantamZooProvider implements ZooProvider {
    @Override
    public String getName() {
        return PackedEngine.NAME;
    }

    @Override
    public ModelZoo getModelZoo() {
        Repository.registerRepositoryFactory(new ModelRepository.Factory());
        return new Zoo();
    }

    /** Lists no models: they come by their URL. */
    private static final class Zoo extends ModelZoo {
        @Override
        public String getGroupId() {
            return ModelRepository.GROUP;
        }

        @Override
        public Set<String> getSupportedEngines() {
            return Set.of(PackedEngine.NAME);
        }
    }
}
