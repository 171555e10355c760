@NullMarked
package dev.limpet.proxy.affinity;

import org.jspecify.annotations.NullMarked;
