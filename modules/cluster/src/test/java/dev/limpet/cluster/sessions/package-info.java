@NullMarked
package dev.limpet.cluster.sessions;

import org.jspecify.annotations.NullMarked;
