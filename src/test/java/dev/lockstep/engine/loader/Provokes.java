package dev.lockstep.engine.loader;

import dev.lockstep.engine.LinkError;
import dev.lockstep.engine.ResolveError;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Which errors a test provokes: it has to assert each of them. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface Provokes {
    LinkError[] link() default {};

    ResolveError[] resolve() default {};
}
