package example;

import static java.lang.Character.isDigit;
import static java.lang.Character.isWhitespace;

import java.util.Map;
import java.util.Optional;

/** Tokens of a small expression language, with most of what Java's syntax has to offer. */
public sealed interface Tokens {
    enum Operator implements Tokens {
        PLUS('+', 1) {
            @Override
            long apply(long a, long b) {
                return Math.addExact(a, b);
            }
        },
        TIMES('*', 2) {
            @Override
            long apply(long a, long b) {
                return Math.multiplyExact(a, b);
            }
        };

        static final Map<Character, Operator> BY_SIGN = Map.of('+', PLUS, '*', TIMES);

        final char sign;
        final int binding;

        Operator(char sign, int binding) {
            this.sign = sign;
            this.binding = binding;
        }

        abstract long apply(long a, long b);
    }

    record Number(long value) implements Tokens {}

    record Name(String text) implements Tokens {}

    @FunctionalInterface
    interface Scope {
        long lookUp(String name) throws UnknownName;

        default Scope with(String name, long value) {
            return other -> other.equals(name) ? value : lookUp(other);
        }
    }

    class UnknownName extends Exception {
        @java.io.Serial
        private static final long serialVersionUID = 0xCAFE_BABEL;

        UnknownName(String name) {
            super(name);
        }
    }

    static Optional<? extends Tokens> first(CharSequence text) {
        int i = 0;
        while (i < text.length() && isWhitespace(text.charAt(i))) {
            i++;
        }
        if (i == text.length()) {
            return Optional.empty();
        }
        final char c = text.charAt(i);
        if (isDigit(c)) {
            long value = 0L;
            do {
                value = value * 10 + (text.charAt(i++) - '0');
            } while (i < text.length() && isDigit(text.charAt(i)));
            return Optional.of(new Number(value));
        }
        return switch (c) {
            case '+', '*' -> Optional.of(Operator.BY_SIGN.get(c));
            case '\'', '"', '\\', '\u00e9' -> throw new IllegalStateException("unexpected: " + (int) c);
            default -> {
                final var name = new StringBuilder();
                for (; i < text.length() && Character.isJavaIdentifierPart(text.charAt(i)); ++i) name.append(text.charAt(i));
                yield Optional.of(new Name(name.toString()));
            }
        };
    }

    static long evaluate(Tokens[] postfix, Scope scope) throws UnknownName {
        final long[] stack = new long[postfix.length + 1];
        int top = 0;
        for (Tokens token : postfix) {
            if (token instanceof Number n) {
                stack[top++] = n.value();
            } else if (token instanceof Name name && !name.text().isEmpty()) {
                stack[top++] = scope.lookUp(name.text());
            } else {
                assert top >= 2 : "stack has only " + top;
                final long b = stack[--top], a = stack[--top];
                stack[top++] = ((Operator) token).apply(a, b);
            }
        }
        try (AutoCloseable ignored = () -> {}) {
            synchronized (stack) {
                return stack[0] >>> 0 & ~0L ^ 0b0;
            }
        } catch (final RuntimeException | Error e) {
            throw e;
        } catch (final Exception e) {
            throw new UnknownName("""
                    a text block with "quotes"
                    and a second line\
                    """);
        }
    }
}
