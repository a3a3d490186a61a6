package io.bantam.trainer.robustness;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Turns sentences of task descriptions into others of the same meaning, by a fixed list of rules applied in order. */
final class Paraphrase {
    private static final List<Rule> RULES = List.of(
            rule("\\bWrite (a|the) (python |Python )?function (to|that|which)\\b", "Implement $1 $2function $3"),
            rule("\\bWrite (a|the) (python |Python )?program\\b", "Implement $1 $2program"),
            rule("\\bYou are given\\b", "The input is"),
            rule("\\bYou have to\\b", "Your task is to"),
            rule("\\bYour task is to\\b", "You should"),
            rule("\\b([Cc])heck (if|whether)\\b", "$1|v:determine| whether"),
            rule("\\bReturn (True|true) if\\b", "The answer is $1 if"),
            rule("\\bReturn ", "Give back "),
            rule("\\breturn ", "give back "),
            rule("\\breturns\\b", "gives back"),
            rule("\\b([Ff])ind ", "$1|v:work| out "),
            rule("\\b([Cc])alculate\\b", "$1|v:work| out"),
            rule("\\b([Cc])ompute\\b", "$1|v:work| out"),
            rule("\\bsuch that\\b", "so that"),
            rule("\\bin order to\\b", "to"),
            rule("\\bdoes not\\b", "doesn't"),
            rule("\\bis not\\b", "isn't"),
            rule("\\bat least\\b", "no fewer than"),
            rule("\\bat most\\b", "no more than"),
            rule("\\bconsists of\\b", "is made up of"),
            rule("^(\\s*)If ([^,.]+), ([a-z])([^.]*)\\.", "$1|u:$3|$4 if $2."));

    private static final Pattern CAPITAL = Pattern.compile("\\|u:(.)\\|");
    private static final Pattern VERB = Pattern.compile("([A-Za-z])\\|v:(\\w+)\\|");

    private record Rule(Pattern pattern, String replacement) {}

    private Paraphrase() {}

    static String of(String text) {
        String changed = text;
        for (Rule rule : RULES) {
            changed = rule.pattern().matcher(changed).replaceAll(rule.replacement());
            changed = CAPITAL.matcher(changed)
                    .replaceAll(found -> Matcher.quoteReplacement(found.group(1).toUpperCase(java.util.Locale.ROOT)));
            // The new verb begins as large as the old one.
            changed = VERB.matcher(changed).replaceAll(found -> {
                String verb = found.group(2);
                boolean capital = Character.isUpperCase(found.group(1).charAt(0));
                return capital ? Character.toUpperCase(verb.charAt(0)) + verb.substring(1) : verb;
            });
        }
        return changed;
    }

    private static Rule rule(String pattern, String replacement) {
        return new Rule(Pattern.compile(pattern), replacement);
    }
}
