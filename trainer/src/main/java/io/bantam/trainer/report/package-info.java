/**
 * Turns what a run left behind into one honest comparison: a table for the terminal, Markdown, JSON, and one HTML page
 * that needs no other file.
 *
 * <p>Start at {@link io.bantam.trainer.report.ReportWriter}. The only input is run folders as
 * {@link io.bantam.trainer.report.RunFolder} describes them; {@link io.bantam.trainer.report.StageRecord} and
 * {@link io.bantam.trainer.report.VariantResult} are the two file formats, written by whoever runs stages. A figure
 * that was not measured is absent and shown as a dash, never filled in.
 *
 * <p>This package may depend on {@code evaluation}, whose results it shows, and on no model, engine, recipe or stage
 * class.
 */
package io.bantam.trainer.report;
