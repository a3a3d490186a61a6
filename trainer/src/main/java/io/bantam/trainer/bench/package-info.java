/**
 * Benchmarks that the command line offers. {@link io.bantam.trainer.bench.TrainingBenchmark} times distillation steps
 * on random weights and tokens.
 *
 * <p>{@link io.bantam.trainer.bench.InferenceBenchmark} times packed models,
 * {@link io.bantam.trainer.bench.DeviceParity} compares a GPU with the CPU. Knows no recipe, stage or command line.
 */
package io.bantam.trainer.bench;
