@NullMarked
package dev.limpet.cluster.port;

import org.jspecify.annotations.NullMarked;
