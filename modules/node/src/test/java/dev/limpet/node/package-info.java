@NullMarked
package dev.limpet.node;

import org.jspecify.annotations.NullMarked;
