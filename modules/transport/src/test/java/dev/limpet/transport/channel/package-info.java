@NullMarked
package dev.limpet.transport.channel;

import org.jspecify.annotations.NullMarked;
