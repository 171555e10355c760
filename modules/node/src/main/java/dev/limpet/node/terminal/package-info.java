/**
 * What commands show on a terminal, and what they read there. Start with {@link
 * dev.limpet.node.terminal.Screen}.
 */
@NullMarked
package dev.limpet.node.terminal;

import org.jspecify.annotations.NullMarked;
