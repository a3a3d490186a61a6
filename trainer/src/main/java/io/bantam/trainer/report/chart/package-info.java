/**
 * Plots as plain geometry: {@link io.bantam.trainer.report.chart.ChartBuilder} turns data into a
 * {@link io.bantam.trainer.report.chart.Chart}, in pixels, that a template draws as SVG. Depends on the JDK alone.
 */
package io.bantam.trainer.report.chart;
