package io.bantam.runtime.model;

/**
 * The cut of a run of tokens into panels: token {@code t} of panel {@code p} is token {@code start(p) + t} of the
 * block. Feature matrices of F features keep panel p at {@code start(p) * F}; the last panel may be padded with empty
 * tokens.
 */
final class TokenBlock {
    private final int[] widths;
    private final int[] panelWidth;
    private final int[] panelStart;
    private int panels;
    private int tokens;

    TokenBlock(int[] widths, int maximumTokens) {
        this.widths = widths;
        int most = maximumTokens / widths[widths.length - 1] + 2;
        panelWidth = new int[most];
        panelStart = new int[most];
    }

    /** Cuts {@code tokens} tokens; a single token becomes a panel of width 1. */
    void reset(int tokens) {
        this.tokens = tokens;
        panels = 0;
        if (tokens == 1) {
            panelStart[0] = 0;
            panelWidth[panels++] = 1;
            return;
        }
        int smallest = widths[widths.length - 1];
        int padded = Math.ceilDiv(tokens, smallest) * smallest;
        int start = 0;
        for (int width : widths) {
            while (padded - start >= width) {
                panelStart[panels] = start;
                panelWidth[panels++] = width;
                start += width;
            }
        }
    }

    int panels() {
        return panels;
    }

    int tokens() {
        return tokens;
    }

    /** Lanes of a panel, used or not. */
    int width(int panel) {
        return panelWidth[panel];
    }

    /** The number of lanes before a panel, which is also its first token. */
    int start(int panel) {
        return panelStart[panel];
    }

    /** Tokens in a panel that are not padding. */
    int used(int panel) {
        return Math.min(panelWidth[panel], tokens - panelStart[panel]);
    }

    /** Lanes of all panels together. */
    int lanes() {
        return panelStart[panels - 1] + panelWidth[panels - 1];
    }
}
