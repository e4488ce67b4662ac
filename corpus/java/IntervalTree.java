package example;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.function.Consumer;

/** Intervals of integers, found by the points that they cover. Not balanced; good enough for random input. */
public final class IntervalTree<V> implements Iterable<IntervalTree.Entry<V>> {
    /** Half-open: {@code from} belongs to it, {@code to} does not. */
    public record Entry<V>(int from, int to, V value) implements Comparable<Entry<?>> {
        public Entry {
            if (from >= to) {
                throw new IllegalArgumentException("empty interval: [" + from + ", " + to + ")");
            }
        }

        boolean covers(final int point) {
            return from <= point && point < to;
        }

        @Override
        public int compareTo(final Entry<?> that) {
            return from != that.from ? Integer.compare(from, that.from) : Integer.compare(to, that.to);
        }
    }

    private static class Node<V> {
        final Entry<V> entry;
        Node<V> left, right;
        int greatestEnd;

        Node(final Entry<V> entry) {
            this.entry = entry;
            this.greatestEnd = entry.to();
        }
    }

    private Node<V> root;
    private int size;

    @SafeVarargs
    public static <T> IntervalTree<T> of(final Entry<? extends T>... entries) {
        final IntervalTree<T> tree = new IntervalTree<>();
        for (final Entry<? extends T> e : entries) {
            tree.add(e.from(), e.to(), e.value());
        }
        return tree;
    }

    public void add(final int from, final int to, final V value) {
        final Entry<V> entry = new Entry<>(from, to, Objects.requireNonNull(value, "value"));
        size++;
        if (root == null) {
            root = new Node<>(entry);
            return;
        }
        Node<V> at = root;
        while (true) {
            at.greatestEnd = Math.max(at.greatestEnd, to);
            if (entry.compareTo(at.entry) < 0) {
                if (at.left == null) {
                    at.left = new Node<>(entry);
                    break;
                }
                at = at.left;
            } else if (at.right == null) {
                at.right = new Node<>(entry);
                break;
            } else {
                at = at.right;
            }
        }
    }

    public List<V> covering(final int point) {
        final List<V> found = new ArrayList<>();
        visit(root, point, e -> found.add(e.value()));
        return List.copyOf(found);
    }

    private void visit(final Node<V> node, final int point, final Consumer<? super Entry<V>> action) {
        if (node == null || node.greatestEnd <= point) {
            return;
        }
        visit(node.left, point, action);
        if (node.entry.covers(point)) {
            action.accept(node.entry);
        }
        if (node.entry.from() <= point) {
            visit(node.right, point, action);
        }
    }

    @Override
    public Iterator<Entry<V>> iterator() {
        return new Iterator<>() {
            private final List<Node<V>> path = new ArrayList<>();

            {
                descend(root);
            }

            private void descend(Node<V> node) {
                for (; node != null; node = node.left) {
                    path.add(node);
                }
            }

            @Override
            public boolean hasNext() {
                return !path.isEmpty();
            }

            @Override
            public Entry<V> next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                final Node<V> node = path.remove(path.size() - 1);
                descend(node.right);
                return node.entry;
            }
        };
    }

    public int size() {
        return size;
    }
}
