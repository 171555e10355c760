@NullMarked
package dev.limpet.transport.limits;

import org.jspecify.annotations.NullMarked;
