/**
 * Benchmarks that the command line offers. {@link io.bantam.trainer.bench.TrainingBenchmark} times distillation steps
 * on random weights and tokens.
 */
package io.bantam.trainer.bench;
