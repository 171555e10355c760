@NullMarked
package dev.limpet.proxy.exchange;

import org.jspecify.annotations.NullMarked;
