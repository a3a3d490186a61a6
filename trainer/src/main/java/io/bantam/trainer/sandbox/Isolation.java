package io.bantam.trainer.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A way to shut a program in. Both give it namespaces of its own (mounts, processes, network, host name, and System V's
 * shared memory), the system's programs and Python read-only, no {@code /proc}, two devices, and a working folder
 * {@code /box} in memory.
 *
 * <p>Root is subject to no limit on processes, so under root the program runs as a user that nobody is.
 */
public enum Isolation {
    /** Isolation by {@code bwrap}, a program made for this. */
    BUBBLEWRAP("bubblewrap", "bwrap") {
        @Override
        List<String> command(PythonInterpreter python, SandboxLimits limits, Path root) {
            List<String> command = new ArrayList<>(List.of("bwrap", "--die-with-parent", "--new-session"));
            for (String namespace : List.of("pid", "net", "ipc", "uts")) {
                command.add("--unshare-" + namespace);
            }
            if (IS_ROOT) {
                for (String capability : List.of("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")) {
                    command.addAll(List.of("--cap-add", capability));
                }
            } else {
                command.add("--unshare-user");
            }
            // Folders that bubblewrap makes unasked may be closed to the user that root's programs run as.
            Set<String> made = new LinkedHashSet<>(Set.of("/dev"));
            visible(python).forEach(folder -> made.addAll(above(folder)));
            made.forEach(folder -> command.addAll(List.of("--perms", "0755", "--dir", folder)));
            for (Path folder : visible(python)) {
                command.addAll(List.of("--ro-bind", folder.toString(), folder.toString()));
            }
            for (String device : DEVICES) {
                command.addAll(List.of("--dev-bind", device, device));
            }
            command.addAll(List.of("--perms", "1777", "--size", Long.toString(limits.diskBytes()), "--tmpfs", BOX));
            command.addAll(List.of("--remount-ro", "/", "--chdir", BOX, "--"));
            command.addAll(bounds(limits));
            // Of an ordinary user's program bubblewrap has taken everything by itself.
            command.addAll(IS_ROOT ? powerless() : List.of());
            return command;
        }
    },

    /** Isolation by {@code unshare}, {@code mount} and {@code pivot_root}, where ordinary users may make namespaces. */
    NAMESPACES("user namespaces", "unshare", "mount", "umount", "pivot_root") {
        @Override
        List<String> command(PythonInterpreter python, SandboxLimits limits, Path root) {
            List<String> command = new ArrayList<>(List.of("unshare"));
            if (!IS_ROOT) {
                command.addAll(List.of("--user", "--map-root-user"));
            }
            command.addAll(List.of("--mount", "--ipc", "--pid", "--net", "--uts", "--fork", "--kill-child=KILL"));
            command.addAll(List.of("sh", "-c", SCRIPT, "sh", root.toString(), Long.toString(limits.diskBytes())));
            visible(python).forEach(folder -> command.add(folder.toString()));
            command.add("--");
            command.addAll(bounds(limits));
            command.addAll(powerless());
            return command;
        }
    };

    static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private static final String BOX = "/box";
    private static final int NOBODY = 60_600;
    private static final int OPEN_FILES = 128;
    private static final boolean IS_ROOT = isRoot();
    private static final List<String> DEVICES = List.of("/dev/null", "/dev/urandom");
    private static final List<String> SYSTEM =
            List.of("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store");

    /**
     * Builds a root in memory and moves into it. The shell stays as process 1: what is process 1 is spared by signals,
     * so the program must not be. {@code umount} looks into {@code /proc}, which therefore goes last.
     */
    private static final String SCRIPT = """
            set -e
            root=$1; size=$2; shift 2
            mount --make-rprivate /
            mount -t tmpfs -o mode=755,size=1m bantam "$root"
            cd "$root"
            while [ "$1" != -- ]; do
              mkdir -p ".$1"
              mount --rbind "$1" ".$1"
              mount -o remount,bind,ro,nosuid,nodev ".$1"
              shift
            done
            shift
            mkdir dev box old proc
            mount --rbind /proc proc
            for device in null urandom; do
              : > dev/$device
              mount --bind /dev/$device dev/$device
            done
            mount -t tmpfs -o "mode=1777,nosuid,nodev,size=$size" bantam box
            pivot_root . old
            umount -l /old
            umount -l /proc
            rmdir /old /proc
            mount -o remount,ro,bind /
            cd /box
            set +e
            "$@"
            exit $?
            """;

    private final String label;
    private final List<String> programs;

    Isolation(String label, String... programs) {
        this.label = label;
        this.programs = List.of(programs);
    }

    /** The command that runs the interpreter, whose own arguments are to follow. */
    abstract List<String> command(PythonInterpreter python, SandboxLimits limits, Path root);

    /** Returns what is missing on this machine, or an empty text. */
    String missing() {
        List<String> needed = new ArrayList<>(programs);
        needed.add("prlimit");
        needed.add("setpriv");
        List<String> absent =
                needed.stream().filter(program -> !isInstalled(program)).toList();
        return absent.isEmpty() ? "" : "there is no " + String.join(", ", absent);
    }

    @Override
    public String toString() {
        return label;
    }

    private static List<String> bounds(SandboxLimits limits) {
        return List.of(
                "prlimit",
                "--cpu=" + limits.seconds() + ":" + (limits.seconds() + 1),
                "--as=" + limits.memoryBytes(),
                "--nproc=" + limits.processes(),
                "--fsize=" + limits.fileBytes(),
                "--nofile=" + OPEN_FILES,
                "--core=0",
                "--");
    }

    private static List<String> powerless() {
        List<String> command = new ArrayList<>(List.of("setpriv"));
        if (IS_ROOT) {
            command.addAll(List.of("--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"));
        }
        command.addAll(List.of("--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--"));
        return command;
    }

    private static Set<Path> visible(PythonInterpreter python) {
        Set<Path> folders = new LinkedHashSet<>();
        SYSTEM.stream().map(Path::of).filter(Files::isDirectory).forEach(folders::add);
        for (Path folder : python.folders()) {
            if (folders.stream().noneMatch(folder::startsWith)) {
                folders.add(folder);
            }
        }
        return folders;
    }

    /** The folders above one, the topmost first, without the root. */
    private static List<String> above(Path folder) {
        return IntStream.range(1, folder.getNameCount())
                .mapToObj(count -> "/" + folder.subpath(0, count))
                .toList();
    }

    private static boolean isInstalled(String program) {
        return Stream.of(PATH.split(":")).anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private static boolean isRoot() {
        try {
            Path self = Path.of("/proc/self");
            return Files.exists(self) && Integer.valueOf(0).equals(Files.getAttribute(self, "unix:uid"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
