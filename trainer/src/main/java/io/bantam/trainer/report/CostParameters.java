package io.bantam.trainer.report;

import io.bantam.trainer.evaluation.EnergyReading;
import java.math.BigDecimal;

/**
 * Factors that turn energy and time into carbon and money. A prediction is what the latency of a packed file was
 * measured on: a context read and some tokens written, one after another on one machine, which is busy with nothing
 * else.
 *
 * @param gridGramsPerKwh grams of CO2 equivalent that a kilowatt hour of the user's grid causes
 * @param assumedGrid whether nobody has said which grid
 * @param pricePerHour of the machine, in any currency; 0 where nobody has said
 */
public record CostParameters(double gridGramsPerKwh, boolean assumedGrid, double pricePerHour) {
    /** About the average of the world's grids in 2023, after Ember's Global Electricity Review 2024; no price. */
    public static final CostParameters STANDARD = new CostParameters(480, true, 0);

    private static final double JOULES_PER_KWH = 3.6e6;
    private static final double SECONDS_PER_HOUR = 3600;

    public CostParameters {
        Checks.finite("gridGramsPerKwh", gridGramsPerKwh);
        Checks.finite("pricePerHour", pricePerHour);
        if (gridGramsPerKwh < 0 || pricePerHour < 0) {
            throw new IllegalArgumentException(
                    "grid and price must be at least 0, not " + gridGramsPerKwh + " and " + pricePerHour);
        }
    }

    /** Returns grams of CO2 equivalent. */
    public double grams(double joules) {
        return joules / JOULES_PER_KWH * gridGramsPerKwh;
    }

    /** Returns grams of CO2 equivalent of 1,000 predictions, each of the energy given. */
    public double gramsPerThousand(EnergyReading prediction) {
        return 1000 * grams(prediction.joules());
    }

    /** Returns the price of 1,000 predictions, each of the time given. */
    public double pricePerThousand(EnergyReading prediction) {
        return 1000 * prediction.seconds() / SECONDS_PER_HOUR * pricePerHour;
    }

    /** Returns a sentence for the reader of the figures, without a full stop. */
    public String about() {
        String grid = "gCO2e at " + plain(gridGramsPerKwh) + " g/kWh"
                + (assumedGrid ? " (assumed: the world's average in 2023; name yours with --grid)" : "");
        return pricePerHour == 0 ? grid : grid + ", price at " + plain(pricePerHour) + " an hour";
    }

    private static String plain(double value) {
        return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }
}
