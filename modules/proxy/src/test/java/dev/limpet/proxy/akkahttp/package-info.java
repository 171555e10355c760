@NullMarked
package dev.limpet.proxy.akkahttp;

import org.jspecify.annotations.NullMarked;
