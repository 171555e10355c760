@NullMarked
package dev.limpet.transport.supervisor;

import org.jspecify.annotations.NullMarked;
