@NullMarked
package dev.limpet.transport.loop;

import org.jspecify.annotations.NullMarked;
