/**
 * How a search spends its time: {@link io.bantam.trainer.search.SuccessiveHalving} tries many candidates a little and
 * few of them whole, and {@link io.bantam.trainer.search.ParetoFront} decides which candidates are better where several
 * figures count. What a candidate is, and what trying it means, is the caller's.
 *
 * <p>Why no library: Jenetics (io.jenetics:jenetics and jenetics.ext, 9.0.0 on Maven Central) is well kept and has
 * NSGA-II, but it evolves: it needs populations over generations, hundreds of whole evaluations, and has no notion of a
 * cheaper trial. Here a space has tens of points, listed by hand, and a whole evaluation takes minutes, so that trying
 * less of most of them is what saves time; and a search must go on after a kill in the middle of a trial. What would be
 * left to take from the library, sorting points into fronts, is shorter than the code to call it.
 *
 * <p>This package needs the JDK alone; it knows no recipe, model or engine.
 */
package io.bantam.trainer.search;
