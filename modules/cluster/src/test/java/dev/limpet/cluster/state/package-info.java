@NullMarked
package dev.limpet.cluster.state;

import org.jspecify.annotations.NullMarked;
