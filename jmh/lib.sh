# What the scripts of this directory share; to be sourced by them, in the project's directory.

# Says what is wrong and ends the script.
fail() {
    echo "$0: $*" >&2
    exit 1
}

# Finds the JDK: $java and $feature, its version.
find_java() {
    if [ -n "${JAVA_HOME:-}" ]; then
        java=$JAVA_HOME/bin/java
        [ -x "$java" ] || fail "no java below JAVA_HOME: JAVA_HOME=$JAVA_HOME, set it to a jdk 17 or later"
    else
        java=$(command -v java) || fail "java is not found: install a jdk 17 or later, or set JAVA_HOME"
    fi
    local said
    said=$("$java" -version 2>&1) || fail "java does not start: java=$java, install a jdk 17 or later"
    feature=$(sed -n 's/^.* version "\(1\.\)\?\([0-9]*\).*$/\2/p' <<<"$said" | head -n 1)
    [ -n "$feature" ] || fail "version of java is not understood: java=$java said=$said"
    [ "$feature" -ge 17 ] || fail "java is too old: version=$feature java=$java, use a jdk 17 or later"
    jdk=$(tr '\n' ' ' <<<"$said")
}

# Builds target/benchmarks.jar if it is not there; says so if it is older than what it is made of.
find_jar() {
    jar=target/benchmarks.jar
    local build="mvn -q -B -ntp -Pjmh -Dmaven.test.skip=true -Dlockstep.engine-test.skip=true package"
    if [ ! -f "$jar" ]; then
        command -v mvn >/dev/null || fail "jar is missing: file=$jar, and mvn is not found to build it: install maven 3.8 or later, then: $build"
        echo "building $jar ..." >&2
        $build >&2 || fail "build failed, see above: command=$build"
        [ -f "$jar" ] || fail "build has made no jar: file=$jar command=$build"
    elif [ -n "$(find src/main jmh/src jmh/src-22 pom.xml -newer "$jar" -print -quit)" ]; then
        echo "$0: $jar is older than the sources, what is measured is not what is there: remove it to have it built anew" >&2
    fi
}

# Where and when, one line each.
machine() {
    echo "$(nproc) cores, $(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -1), $(uname -s) $(uname -r) $(uname -m)"
}

commit() {
    echo "$(git rev-parse --short HEAD)$(git diff --quiet HEAD -- src jmh/src jmh/src-22 pom.xml || echo ' and changes')"
}
