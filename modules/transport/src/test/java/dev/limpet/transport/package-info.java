@NullMarked
package dev.limpet.transport;

import org.jspecify.annotations.NullMarked;
