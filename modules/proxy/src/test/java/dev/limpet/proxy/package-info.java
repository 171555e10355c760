@NullMarked
package dev.limpet.proxy;

import org.jspecify.annotations.NullMarked;
