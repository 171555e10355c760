@NullMarked
package dev.limpet.node.terminal;

import org.jspecify.annotations.NullMarked;
