package io.bantam.trainer.hub;

import io.bantam.runtime.format.FormatException;
import io.bantam.trainer.hub.TorchStorage.Type;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.razorvine.pickle.IObjectConstructor;
import net.razorvine.pickle.Opcodes;
import net.razorvine.pickle.PickleException;
import net.razorvine.pickle.PickleUtils;
import net.razorvine.pickle.Unpickler;

/**
 * Reads the pickle of a PyTorch state dict and nothing else. A pickle is a program that may name any function; this
 * machine has the operations that plain data needs and resolves only the classes of a state dict ({@code OrderedDict},
 * {@code _rebuild_tensor_v2}, {@code _rebuild_parameter} and the typed storages). It never looks up a class or function
 * beyond them, and refuses whatever else a file asks for by its name.
 */
final class StateDictUnpickler extends Unpickler {

    /** A class or operation that the file asks for and does not get. */
    private static final class Refused extends PickleException {
        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message);
        }
    }

    /** A storage class, met in the file as the second item of a persistent id. */
    private record StorageClass(Type type) implements IObjectConstructor {
        @Override
        public Object construct(Object[] arguments) {
            throw new Refused("torch." + type + " is called, which no state dict does");
        }
    }

    /**
     * A dict whose keys are texts, numbers or truth values. A list that holds itself, or one list twice at every of
     * many levels, can be hashed only with all of the stack or all of the time.
     */
    private static final class Dict extends LinkedHashMap<Object, Object> {
        private static final long serialVersionUID = 1L;

        @Override
        public Object put(Object key, Object value) {
            if (!(key instanceof String || key instanceof Number || key instanceof Boolean)) {
                throw new Refused("a dict with keys that are no names, which no state dict has");
            }
            return super.put(key, value);
        }
    }

    private static final IObjectConstructor ORDERED_DICT = StateDictUnpickler::orderedDict;
    private static final IObjectConstructor REBUILD_TENSOR = StateDictUnpickler::rebuildTensor;
    private static final IObjectConstructor REBUILD_PARAMETER = arguments -> (TorchTensor) arguments[0];

    private static final Map<String, IObjectConstructor> CLASSES = classes();

    /** Operations that build numbers, texts, tuples, lists and dicts, and remember them. Checked before they run. */
    private static final Set<Short> PLAIN = shorts(
            Opcodes.PROTO,
            Opcodes.FRAME,
            Opcodes.STOP,
            Opcodes.MARK,
            Opcodes.POP,
            Opcodes.POP_MARK,
            Opcodes.DUP,
            Opcodes.NONE,
            Opcodes.NEWTRUE,
            Opcodes.NEWFALSE,
            Opcodes.BININT,
            Opcodes.BININT1,
            Opcodes.BININT2,
            Opcodes.LONG1,
            Opcodes.BINFLOAT,
            Opcodes.SHORT_BINSTRING,
            Opcodes.SHORT_BINUNICODE,
            Opcodes.EMPTY_TUPLE,
            Opcodes.TUPLE,
            Opcodes.TUPLE1,
            Opcodes.TUPLE2,
            Opcodes.TUPLE3,
            Opcodes.EMPTY_LIST,
            Opcodes.APPEND,
            Opcodes.APPENDS,
            Opcodes.BINGET,
            Opcodes.LONG_BINGET,
            Opcodes.BINPUT,
            Opcodes.LONG_BINPUT,
            Opcodes.MEMOIZE,
            Opcodes.REDUCE,
            Opcodes.BINPERSID);

    private StateDictUnpickler() {}

    /**
     * Reads a state dict.
     *
     * @param pickle the whole pickle
     * @param source the file, for messages
     * @throws FormatException if it is damaged, is no state dict, or asks for a class that no state dict has
     */
    static Map<String, TorchTensor> read(byte[] pickle, Object source) throws FormatException {
        return stateDict(readObject(new ByteArrayInputStream(pickle), source), source);
    }

    /** Reads one pickle off a stream that may go on behind it and that knows how many bytes are available. */
    static Object readObject(InputStream in, Object source) throws FormatException {
        try {
            // Not closed: that would close the stream.
            return new StateDictUnpickler().load(in);
        } catch (Refused e) {
            throw new FormatException(source, "refused: " + e.getMessage(), e);
        } catch (IOException | RuntimeException e) {
            throw new FormatException(
                    source, "damaged: its table of tensors cannot be read; copy or download it again", e);
        }
    }

    static Map<String, TorchTensor> stateDict(Object root, Object source) throws FormatException {
        if (!(root instanceof Map<?, ?> map)) {
            throw new FormatException(source, "no state dict: it holds something other than named tensors");
        }
        var tensors = new LinkedHashMap<String, TorchTensor>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (!(entry.getKey() instanceof String name) || !(entry.getValue() instanceof TorchTensor tensor)) {
                throw new FormatException(
                        source,
                        "no state dict: entry '" + printable(String.valueOf(entry.getKey()))
                                + "' is no tensor. Save model.state_dict() alone.");
            }
            tensors.put(name, tensor);
        }
        return tensors;
    }

    @Override
    protected Object dispatch(short operation) throws IOException {
        if (operation == Opcodes.GLOBAL) {
            String module = PickleUtils.readline(input);
            stack.add(resolve(module, PickleUtils.readline(input)));
        } else if (operation == Opcodes.STACK_GLOBAL) {
            Object name = stack.pop();
            stack.add(resolve(stack.pop(), name));
        } else if (operation == Opcodes.BUILD) {
            // The attributes of an OrderedDict, such as its _metadata, say nothing about the tensors.
            stack.pop();
            if (!(stack.peek() instanceof Map)) {
                throw new Refused("it sets attributes of an object, which no state dict does");
            }
        } else if (operation == Opcodes.BINUNICODE) {
            stack.add(text());
        } else if (operation == Opcodes.EMPTY_DICT) {
            stack.add(new Dict());
        } else if (operation == Opcodes.SETITEM) {
            Object value = stack.pop();
            setItems(Arrays.asList(stack.pop(), value));
        } else if (operation == Opcodes.SETITEMS) {
            setItems(stack.pop_all_since_marker());
        } else if (PLAIN.contains(operation)) {
            return super.dispatch(operation);
        } else {
            throw new Refused("operation 0x%02x, which no state dict needs".formatted(operation));
        }
        return NO_RETURN_VALUE;
    }

    /** Puts keys and values, in turn, into the dict on the stack. */
    private void setItems(List<?> items) {
        if (!(stack.peek() instanceof Dict dict) || items.size() % 2 != 0) {
            throw new PickleException("items for something that is no dict");
        }
        for (int i = 0; i < items.size(); i += 2) {
            dict.put(items.get(i), items.get(i + 1));
        }
    }

    /** A text with a length of four bytes. The length is believed only as far as there are bytes. */
    private String text() throws IOException {
        int length = PickleUtils.bytes_to_integer(PickleUtils.readbytes(input, 4));
        if (length < 0 || length > input.available()) {
            throw new PickleException("a text of " + Integer.toUnsignedString(length) + " bytes passes the end");
        }
        return new String(PickleUtils.readbytes(input, length), StandardCharsets.UTF_8);
    }

    private static IObjectConstructor resolve(Object module, Object name) {
        if (!(module instanceof String) || !(name instanceof String)) {
            throw new Refused("it asks for a class whose name is no text");
        }
        IObjectConstructor known = CLASSES.get(module + "." + name);
        if (known == null) {
            throw new Refused("it asks for " + printable(module + "." + name) + ", which no state dict needs and which "
                    + "could run any code. Do not open this file in Python either; get the model from a source that"
                    + " you trust, as safetensors.");
        }
        return known;
    }

    private static String printable(String text) {
        String line = text.replaceAll("[^\\x21-\\x7e]", "?");
        return line.length() <= 80 ? line : line.substring(0, 80) + "...";
    }

    /**
     * A persistent id: {@code ("storage", class, key, device, number of values)}; before 1.6 also a view, always None.
     */
    @Override
    protected Object persistentLoad(Object id) {
        if (id instanceof Object[] parts
                && parts.length >= 5
                && parts[0].equals("storage")
                && parts[1] instanceof StorageClass storageClass
                && (parts.length == 5 || parts[5] == null)) {
            return new TorchStorage(storageClass.type, (String) parts[2], whole(parts[4]));
        }
        throw new PickleException("a persistent id that is no storage");
    }

    private static Object orderedDict(Object[] arguments) {
        var dict = new Dict();
        if (arguments.length > 0) {
            for (Object pair : (List<?>) arguments[0]) {
                List<?> items = items(pair);
                dict.put(items.get(0), items.get(1));
            }
        }
        return dict;
    }

    /** Arguments: storage, offset, shape, strides, and flags that training needs. */
    private static Object rebuildTensor(Object[] arguments) {
        return new TorchTensor(
                (TorchStorage) arguments[0], whole(arguments[1]), wholes(arguments[2]), wholes(arguments[3]));
    }

    private static List<Long> wholes(Object sequence) {
        List<Long> values = new ArrayList<>();
        items(sequence).forEach(item -> values.add(whole(item)));
        return values;
    }

    private static List<?> items(Object sequence) {
        return sequence instanceof Object[] array ? Arrays.asList(array) : (List<?>) sequence;
    }

    private static long whole(Object number) {
        return switch (number) {
            case Integer value -> value;
            case Long value -> value;
            default -> throw new PickleException("expected a whole number");
        };
    }

    private static Map<String, IObjectConstructor> classes() {
        var classes = new LinkedHashMap<String, IObjectConstructor>();
        classes.put("collections.OrderedDict", ORDERED_DICT);
        classes.put("torch._utils._rebuild_tensor_v2", REBUILD_TENSOR);
        classes.put("torch._utils._rebuild_parameter", REBUILD_PARAMETER);
        for (Type type : Type.values()) {
            classes.put("torch." + type, new StorageClass(type));
        }
        return Map.copyOf(classes);
    }

    private static Set<Short> shorts(short... values) {
        return IntStream.range(0, values.length).mapToObj(i -> values[i]).collect(Collectors.toUnmodifiableSet());
    }
}
