package io.bantam.trainer.recipe;

/** A step that turns one model into another. A new stage is a new record here, and fails to compile where forgotten. */
public sealed interface Stage permits Reduce, Distill, Ptq {}
