@NullMarked
package dev.limpet.node.certs;

import org.jspecify.annotations.NullMarked;
