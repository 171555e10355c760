/** The dashboard, as browsers fetch it from the admin listener. */
@NullMarked
package dev.limpet.admin.page;

import org.jspecify.annotations.NullMarked;
