package io.bantam.trainer.stage.session;

import io.bantam.trainer.recipe.Distill;
import io.bantam.trainer.recipe.Ptq;
import io.bantam.trainer.recipe.Reduce;
import io.bantam.trainer.stage.EffortMeter;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.RunContext;
import io.bantam.trainer.stage.StageNode;
import io.bantam.trainer.stage.StageOutcome;
import io.bantam.trainer.stage.distill.DistillStage;
import io.bantam.trainer.stage.ptq.PtqStage;
import io.bantam.trainer.stage.reduce.ReduceStage;
import java.io.IOException;

/** Runs one compression stage: from a model to a model. */
public final class StageRunner {
    private final RunContext context;
    private final ModelState teacher;

    StageRunner(RunContext context, ModelState teacher) {
        this.context = context;
        this.teacher = teacher;
    }

    /**
     * Runs the stage of a node.
     *
     * @param fingerprint of the stage's settings and inputs
     * @param effort measures the stage; takes over what earlier sittings took
     */
    StageOutcome run(StageNode node, ModelState model, String fingerprint, EffortMeter effort) throws IOException {
        return switch (node.stage()) {
            case Reduce reduce -> new ReduceStage(context).run(reduce, model, node.folder());
            case Distill distill -> new DistillStage(context, teacher).run(distill, node, model, fingerprint, effort);
            case Ptq ptq -> new PtqStage(context, ptq, node.folder(), fingerprint, effort).runAndDiagnose(model);
        };
    }
}
