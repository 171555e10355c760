@NullMarked
package dev.limpet.admin.page;

import org.jspecify.annotations.NullMarked;
