@NullMarked
package dev.limpet.proxy.message;

import org.jspecify.annotations.NullMarked;
