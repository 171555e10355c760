@NullMarked
package dev.limpet.cluster.discovery;

import org.jspecify.annotations.NullMarked;
