@NullMarked
package dev.limpet.proxy.upstream;

import org.jspecify.annotations.NullMarked;
