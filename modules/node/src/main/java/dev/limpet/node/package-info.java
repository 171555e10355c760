/**
 * The process: command line and wiring. Depends on every module; nothing depends on it. Start with
 * {@link dev.limpet.node.Main}, then {@link dev.limpet.node.NodeRuntime}.
 */
@NullMarked
package dev.limpet.node;

import org.jspecify.annotations.NullMarked;
