/** Whether every message means the same on both sides, whatever bytes it is made of. */
@NullMarked
package dev.limpet.proxy.exactness;

import org.jspecify.annotations.NullMarked;
