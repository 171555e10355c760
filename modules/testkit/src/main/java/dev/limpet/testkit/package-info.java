/**
 * The tools that the modules' tests share: {@link dev.limpet.testkit.Origin}, a server that does as
 * it is told.
 */
@NullMarked
package dev.limpet.testkit;

import org.jspecify.annotations.NullMarked;
